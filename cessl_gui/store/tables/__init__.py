"""What the tables hold: records, and what people and models say of them."""
