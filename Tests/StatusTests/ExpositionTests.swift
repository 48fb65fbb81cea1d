import Status
