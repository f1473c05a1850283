"""What leaves the platform: tables, layers and pictures that can explain themselves."""
