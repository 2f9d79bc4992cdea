"""The chapter's page of exercise 12."""

PAGE = "12_training_loop.html"
