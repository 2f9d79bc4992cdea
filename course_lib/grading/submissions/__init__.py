"""Who submitted what: files, owners, attempts, the class list. No student code is run here."""
