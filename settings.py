"""Where Kitline keeps its data and how it reaches the world; every setting is an environment variable KITLINE_…"""

from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one installation, read from the environment or a `.env` file beside the program's start folder."""

    model_config = SettingsConfigDict(env_prefix="KITLINE_", env_file=".env", extra="ignore")

    database_url: str = Field("sqlite:///kitline-data/kitline.db", description="SQLAlchemy URL: SQLite or PostgreSQL")
    data_dir: Path = Field(Path("kitline-data"), description="folder for reports, mails and refused rows")
    company: str = Field("Kitline plant", description="name on pages and mails")
    currency: str = Field("EUR", description="the plant's currency")
    time_zone: str = Field("UTC", description="the plant's time zone, for schedules and for what 'today' is")
    policies: dict = Field(default_factory=dict, description="policies that differ from the defaults, as JSON")
    replayable_runs: int = Field(10, ge=0, description="planning runs whose inputs are kept for `kitline replay`")
    smtp_host: str = Field("", description="mail server; blank writes .eml files to data_dir/mails")
    smtp_port: int = Field(587, description="port of the mail server")
    smtp_user: str = Field("", description="login at the mail server; blank sends without login")
    smtp_password: SecretStr = Field(SecretStr(""), description="password at the mail server")
    smtp_starttls: bool = Field(True, description="encrypt the connection to the mail server")
    mail_from: str = Field("kitline@localhost", description="sender of alerts")
    alert_to: str = Field("planning@localhost", description="recipient of alerts that name nobody else")

    @property
    def report_dir(self) -> Path:
        """Where report pages are written."""
        return self.data_dir / "reports"

    @property
    def mail_dir(self) -> Path:
        """Where mails are written when no mail server is set."""
        return self.data_dir / "mails"

    @property
    def quarantine_dir(self) -> Path:
        """Where reports of refused rows are written."""
        return self.data_dir / "quarantine"


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
