"""Production tracking"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_lines",
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("expected_date", sa.Date(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.CheckConstraint("line >= 0", name=op.f("ck_told_lines_line_least")),
        sa.PrimaryKeyConstraint("order", "line", name=op.f("pk_told_lines")),
    )


def downgrade() -> None:
    op.drop_table("told_lines")
