"""When something takes place: spelled for programs, said in words, asked of people."""
