"""What a teacher decides about marks: dates, weights, dropped questions, and the last word."""
