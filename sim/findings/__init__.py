"""What experiments came to, in words, tables and files: a module for each kind of question."""
