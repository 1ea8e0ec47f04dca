"""The review desk: who moved which article where, when and why."""
