"""AS4 by the eDelivery profile. All modules but the endpoint are pure: octets in, octets out."""
