"""Who directs: scenarios, agents, trajectories, scoring, reports and the command line."""
