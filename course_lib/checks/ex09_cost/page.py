"""The page of the chapter of exercise 09."""

PAGE = "09_cost.html"
