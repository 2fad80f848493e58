"""What each way of fine-tuning costs and brings, from one start on one set."""
