"""The XML of electrocardiographs, each with a root element of its own."""
