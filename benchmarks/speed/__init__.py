"""How fast the engine trains and predicts, beside something plain."""
