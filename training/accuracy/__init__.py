"""What the recipe owes to each of its parts, and how it does on cups it never saw."""
