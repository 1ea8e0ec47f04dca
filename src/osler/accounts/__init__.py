"""Who may act: people, passwords, sessions, keys, and how often somebody may try."""
