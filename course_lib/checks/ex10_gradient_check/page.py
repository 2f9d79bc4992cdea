"""The page of the chapter of exercise 10."""

PAGE = "10_gradient_check.html"
