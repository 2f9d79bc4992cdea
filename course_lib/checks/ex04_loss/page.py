"""Where the chapter of exercise 04 stands."""

PAGE = "04_loss.html"
