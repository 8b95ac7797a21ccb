"""服务台: tickets of every kind, their clocks, the channels they come by, duty, remote work and instructions."""
