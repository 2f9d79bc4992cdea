"""The page of exercise 01's chapter."""

PAGE = "01_downhill.html"
