"""The page of the chapter of exercise 06."""

PAGE = "06_computational_graphs.html"
