"""Where the chapter of exercise 05 stands."""

PAGE = "05_two_neurons.html"
