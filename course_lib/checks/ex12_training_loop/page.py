"""Where the chapter of exercise 12 stands."""

PAGE = "12_training_loop.html"
