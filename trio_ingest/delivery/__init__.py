"""From the spool to the sink: deliver in order, retry, narrow down what is refused."""
