"""Pure calculations: frames, arrays and dates in; frames out. No clock, no I/O, no database, no Prefect."""
