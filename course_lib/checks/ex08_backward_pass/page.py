"""Where the chapter of exercise 08 stands."""

PAGE = "08_backward_pass.html"
