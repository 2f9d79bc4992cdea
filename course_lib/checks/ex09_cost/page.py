"""Where the chapter of exercise 09 stands."""

PAGE = "09_cost.html"
