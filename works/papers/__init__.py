"""Hand-outs in house style: what a paper says, once, and the files it is written as."""
