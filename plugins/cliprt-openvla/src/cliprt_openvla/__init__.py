"""OpenVLA and OpenVLA-OFT beside cliprt."""
