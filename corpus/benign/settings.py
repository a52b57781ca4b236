"""Settings of the service; secrets come from the environment."""
import os
from dataclasses import dataclass

API_KEY = os.getenv("OPENAI_API_KEY")
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
PASSWORD = config("DB_PASSWORD", default="")
TOKEN = settings.SLACK_BOT_TOKEN
AUTH = f"Bearer {API_KEY}"
HEADERS = {"Authorization": f"Bearer {token}", "x-api-key": api_key}
MAX_TOKENS = 4096
TOKEN_LIMIT = 128_000
DATABASE_URL = f"postgres://{user}:{password}@{host}:{port}/{name}"
EXAMPLE_URL = "postgres://user:password@localhost:5432/app"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]


@dataclass
class Credentials:
    username: str
    password: str
    api_key: str | None = None
    secret_name: str = "prod/ledger/api"

    def token(self) -> str:
        return get_secret(self.secret_name, key="token")


def login(password: str, token: Token) -> Session:
    if not password or password == "changeme":
        raise ValueError("password is required")
    return Session(password=hash_password(password), token=token.access_token)
