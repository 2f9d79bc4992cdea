"""The page of exercise 04's chapter."""

PAGE = "04_loss.html"
