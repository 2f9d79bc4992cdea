"""A worker with one student's notebook: started in isolation, asked within limits."""
