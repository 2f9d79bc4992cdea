"""The page of exercise 03's chapter."""

PAGE = "03_forward_pass.html"
