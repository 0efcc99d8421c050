package let placeholderIPC = 0
