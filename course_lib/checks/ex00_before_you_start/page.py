"""The page of exercise 00's chapter."""

PAGE = "00_before_you_start.html"
