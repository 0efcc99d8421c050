package let placeholderIdentity = 0
