"""Tasks: read rows → gate → calculate → gate → write rows, one transaction and one task run per stage and batch."""
