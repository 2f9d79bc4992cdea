"""What other systems read: gradebooks' tables, and what lets them mark with this course."""
