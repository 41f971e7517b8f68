"""The statements a reader can give: their names, what people type for them, what denies or contradicts them."""
