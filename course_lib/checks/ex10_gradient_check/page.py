"""Where the chapter of exercise 10 stands."""

PAGE = "10_gradient_check.html"
