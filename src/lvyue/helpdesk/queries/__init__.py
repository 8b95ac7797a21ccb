"""Reads of the help desk, one module for each noun."""
