"""The page of the chapter of exercise 07."""

PAGE = "07_many_neurons.html"
