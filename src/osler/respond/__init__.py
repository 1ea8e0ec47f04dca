"""A drug-information request to the seven-step record that a pharmacist checks, completes and signs."""
