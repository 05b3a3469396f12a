"""JupyterHub on one machine for Daisy; read by `jupyterhub -f`, which provides `c`.

Users log in with their account (PAM, the hub's default). A beamline client acts with the token of
the service `beamline`: it may start and use the servers of the users in $DAISY_BEAMLINE_USERS
(names separated by commas), and no others.
"""

import os

c = get_config()  # noqa: F821 - jupyterhub puts it here

c.JupyterHub.bind_url = os.environ.get("DAISY_HUB_URL", "http://127.0.0.1:8000")
c.Spawner.default_url = "/lab"
c.Spawner.args = [
    "--MultiKernelManager.default_kernel_name=daisy",
    # A kernel with a run in it, or with a page open, is never idle.
    "--MappingKernelManager.cull_busy=False",
    "--MappingKernelManager.cull_connected=False",
]
c.Spawner.environment = {
    name: os.environ[name] for name in ("DAISY_CONFIG", "DAISY_RUNS") if name in os.environ
}

token = os.environ.get("DAISY_BEAMLINE_TOKEN")
if token:  # at least 8 characters; `openssl rand -hex 32` makes a good one
    c.JupyterHub.services = [{"name": "beamline", "api_token": token}]
    users = [name for name in os.environ.get("DAISY_BEAMLINE_USERS", "").split(",") if name]
    # One scope for each user: a user's server asks the hub about a token, and does not understand
    # a scope that is narrowed to a group.
    c.JupyterHub.load_roles = [
        {
            "name": "beamline",
            "services": ["beamline"],
            "scopes": [
                f"{scope}!user={user}"
                for user in users
                for scope in ("read:users", "servers", "access:servers")
            ],
        }
    ]
