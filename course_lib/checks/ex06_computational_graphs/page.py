"""Where the chapter of exercise 06 stands."""

PAGE = "06_computational_graphs.html"
