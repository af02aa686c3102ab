"""Great Expectations suites: what must hold before and after each stage."""
