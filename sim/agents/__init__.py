"""Who acts: teams, handoffs, approval layers, the funding board, the release train, the market."""
