"""A book of contracts as CSV files: import templates, a sample business, their loader and the demonstration."""
