"""The pages of what contacts are worth: value, RFM, lifetime value, churn."""
