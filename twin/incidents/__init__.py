"""The laws of incidents: what is out, why, how sure, what it touches, and the proof of it.

Pure functions of frames and arrays: time is an argument, silence is never darkness, and receding
water relights nothing.
"""
