"""HTTP for the whole app: transactions, errors, headers, CSRF, forms, languages, shared pages."""
