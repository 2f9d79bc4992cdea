"""Where the chapter of exercise 02 stands."""

PAGE = "02_one_neuron.html"
