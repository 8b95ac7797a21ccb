"""What can be done at the desk, one module for each act."""
