"""Free text to a framed question, and the rules that come before any answer."""
