"""Where the chapter of exercise 07 stands."""

PAGE = "07_many_neurons.html"
